// SPDX-License-Identifier: GPL-2.0-only
#include "exporter_http.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "exporter_page.h"
#include "prom_text.h"

/* One request after the other is served; these are for who dawdles or goes away. */
#define MAX_CONNECTIONS 16
#define MAX_SECONDS	30

static enum MHD_Result send_text(struct MHD_Connection *to, unsigned int status, const char *type,
				 char *text, size_t len, enum MHD_ResponseMemoryMode memory)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(len, text, memory);
	enum MHD_Result ret;

	if (!response) {
		if (memory == MHD_RESPMEM_MUST_FREE)
			free(text);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	ret = MHD_queue_response(to, status, response);
	MHD_destroy_response(response);
	return ret;
}

static enum MHD_Result send_line(struct MHD_Connection *to, unsigned int status, const char *line)
{
	return send_text(to, status, "text/plain; charset=utf-8", (char *)line, strlen(line),
			 MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result send_metrics(struct MHD_Connection *to, struct exporter_page *page)
{
	char *text;
	size_t len;

	if (exporter_page_make(page, &text, &len))
		return send_line(to, MHD_HTTP_INTERNAL_SERVER_ERROR,
				 "the metrics cannot be read; the exporter's log says why\n");
	return send_text(to, MHD_HTTP_OK, PROM_CONTENT_TYPE, text, len, MHD_RESPMEM_MUST_FREE);
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *to, const char *url,
			      const char *method, const char *version, const char *body,
			      size_t *body_len, void **seen)
{
	(void)version;
	(void)body;
	/* It asks once more when the head of the request is complete, and for each part of a body.
	 */
	if (!*seen || *body_len) {
		*seen = arg;
		*body_len = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return send_line(to, MHD_HTTP_METHOD_NOT_ALLOWED, "GET and HEAD only\n");
	if (!strcmp(url, "/metrics"))
		return send_metrics(to, arg);
	if (!strcmp(url, "/"))
		return send_line(to, MHD_HTTP_OK, "erxdp exporter: see /metrics\n");
	return send_line(to, MHD_HTTP_NOT_FOUND, "see /metrics\n");
}

struct MHD_Daemon *exporter_http_start(int fd, struct exporter_page *page)
{
	return MHD_start_daemon(MHD_USE_AUTO_INTERNAL_THREAD, 0, NULL, NULL, answer, page,
				MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
				(unsigned int)MAX_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
				(unsigned int)MAX_SECONDS, MHD_OPTION_END);
}

void exporter_http_stop(struct MHD_Daemon *http)
{
	MHD_stop_daemon(http);
}
