// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lines of [forward], static port forwardings:
 *
 *     PROTOCOL OUTSIDE:PORTS = INSIDE:PORTS
 *
 * OUTSIDE is an address, a device (its addresses, whatever they are at a time), or "uplink" (those
 * of every uplink). inih splits a line at its first ":" or "=", so what it takes for the key ends
 * before the outside ports.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_parts.h"
#include "config_values.h"

#define A_FORWARD "PROTOCOL OUTSIDE:PORTS = INSIDE:PORTS, such as tcp uplink:8080 = 10.0.2.4:80"

static int read_protocol(const char *text, uint8_t *proto)
{
	static const char *const words[] = {"tcp", "udp"};
	unsigned int word;

	if (value_word(text, words, 2, &word))
		return -EINVAL;
	*proto = word ? IPPROTO_UDP : IPPROTO_TCP;
	return 0;
}

/* An address, else a device; a name of digits and dots is a slip in an address. */
static int read_outside(const char *text, struct config_forward *forward)
{
	if (!value_address(text, strlen(text), &forward->addr))
		return 0;
	return text[strspn(text, "0123456789.")] ? value_device(text, forward->device) : -EINVAL;
}

/* Cuts `text` at a character, with the blanks around it; NULL: it is not in it. */
static char *cut(char *text, char at)
{
	char *p = strchr(text, at), *end = p;

	if (!p)
		return NULL;
	while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	return p + 1 + strspn(p + 1, " \t");
}

/* "tcp uplink", "8080 = 10.0.2.4:80" */
static int parse(char *name, char *value, struct config_forward *forward, uint16_t *inside_last)
{
	char *outside = cut(name, strchr(name, '\t') ? '\t' : ' ');
	char *inside = cut(value, '=');
	char *inside_ports = inside ? cut(inside, ':') : NULL;

	if (!outside || !inside_ports)
		return -EINVAL;
	if (read_protocol(name, &forward->proto) || read_outside(outside, forward) ||
	    value_port_range(value, &forward->first, &forward->last) ||
	    value_address(inside, strlen(inside), &forward->inside))
		return -EINVAL;
	return value_port_range(inside_ports, &forward->inside_first, inside_last);
}

const char *config_forward_name(const struct config_forward *forward, char *text)
{
	char addr[INET_ADDRSTRLEN];
	int n;

	inet_ntop(AF_INET, &forward->addr, addr, sizeof(addr));
	n = sprintf(text, "%s %s:%u", forward->proto == IPPROTO_TCP ? "tcp" : "udp",
		    *forward->device ? forward->device : addr, forward->first);
	if (forward->last != forward->first)
		sprintf(text + n, "-%u", forward->last);
	return text;
}

/* Two forwardings of one outside endpoint. One by address goes before one by device, and that
 * before one of all uplinks, so those may overlap. */
static bool overlap(const struct config_forward *a, const struct config_forward *b)
{
	return a->proto == b->proto && a->addr == b->addr && !strcmp(a->device, b->device) &&
	       a->first <= b->last && b->first <= a->last;
}

static int check(struct parser *p, const struct config_forward *forward, uint16_t inside_last)
{
	unsigned int n = forward->last - forward->first + 1;
	char text[64];

	config_forward_name(forward, text);
	if (inside_last - forward->inside_first + 1u != n)
		return config_error(p, "%s: expected %u inside port%s, as many as outside", text, n,
				    n == 1 ? "" : "s");
	for (unsigned int i = 0; i < p->config.nforwards; i++) {
		if (overlap(&p->config.forward[i], forward))
			return config_error(p, "%s: forwarded already, in line %u", text,
					    p->config.forward[i].line);
	}
	return 1;
}

int config_read_forward(struct parser *p, const char *name, const char *value)
{
	struct config_forward forward = {.line = p->line};
	char *left = strdup(name), *right = strdup(value);
	uint16_t inside_last;
	int err = -ENOMEM;

	if (left && right && !p->continued)
		err = parse(left, right, &forward, &inside_last);
	free(left);
	free(right);
	if (err)
		return config_error(p, "expected " A_FORWARD ", not \"%s:%s\"", name, value);
	if (p->config.nforwards == CONFIG_MAX_FORWARDS)
		return config_error(p, "[forward]: too many lines, expected at most %d",
				    CONFIG_MAX_FORWARDS);
	if (!check(p, &forward, inside_last))
		return 0;
	p->config.forward[p->config.nforwards++] = forward;
	return 1;
}
