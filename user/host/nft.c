// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/netlink.h>
#include <nftables/libnftables.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <erxdp/abi.h>

#include "error.h"
#include "nft.h"

/* nftables has no "delete if it is there" before 1.0.7 and kernel 6.3: adding it first makes the
 * deletion succeed either way, in one transaction. */
#define FRESH "add table ip erxdp\ndelete table ip erxdp\n"

/* The first of libnftables' lines says what went wrong; the others quote the command. */
static int nft_failed(struct nft_ctx *nft, struct error *e)
{
	const char *text = nft_ctx_get_error_buffer(nft);
	int len = strcspn(text, "\n");

	if (strstr(text, "Operation not supported") || strstr(text, "Protocol not supported") ||
	    strstr(text, "No such file or directory"))
		return error_set(
			e, -EOPNOTSUPP,
			"nftables refused erxdp's table (%.*s): the kernel needs nf_tables and "
			"nft_ct (CONFIG_NF_TABLES_IPV4, CONFIG_NFT_CT)",
			len, text);
	if (strstr(text, "Operation not permitted"))
		return error_set(e, -EPERM,
				 "nftables refused erxdp's table (%.*s): CAP_NET_ADMIN is needed",
				 len, text);
	return error_set(e, -EIO, "nftables refused erxdp's table: %.*s", len, text);
}

/* libnftables ends the process where it gets no socket, and takes a second one for devices' names.
 */
int nft_check_socket(void)
{
	int fd[2], err = 0;

	for (int i = 0; i < 2; i++) {
		fd[i] = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
		if (fd[i] < 0)
			err = -errno;
	}
	for (int i = 0; i < 2; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	return err;
}

/* A context whose output and errors go to buffers; nft_ctx_free() ends it. */
static int nft_open(struct nft_ctx **nft, struct error *e)
{
	int err = nft_check_socket();

	if (err)
		return error_set(e, err, "nftables cannot be reached: %s%s", strerror(-err),
				 err == -EPROTONOSUPPORT ? " (CONFIG_NF_TABLES)" : "");
	*nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!*nft)
		return error_set(e, -ENOMEM, "libnftables did not start: out of memory");
	nft_ctx_buffer_error(*nft);
	nft_ctx_buffer_output(*nft);
	return 0;
}

int nft_list_ruleset(unsigned int flags, char **text, struct error *e)
{
	struct nft_ctx *nft;
	int err = nft_open(&nft, e);

	*text = NULL;
	if (err)
		return err;
	nft_ctx_output_set_flags(nft, flags);
	if (nft_run_cmd_from_buffer(nft, "list ruleset")) {
		const char *why = nft_ctx_get_error_buffer(nft);

		err = error_set(e, -EIO, "the nftables rules cannot be read: %.*s",
				(int)strcspn(why, "\n"), why);
	} else {
		*text = strdup(nft_ctx_get_output_buffer(nft));
		if (!*text)
			err = error_set(e, -ENOMEM,
					"the nftables rules cannot be read: out of memory");
	}
	nft_ctx_free(nft);
	return err;
}

static int nft_run(const char *commands, struct error *e)
{
	struct nft_ctx *nft;
	int err = nft_open(&nft, e);

	if (err)
		return err;
	if (nft_run_cmd_from_buffer(nft, commands))
		err = nft_failed(nft, e);
	nft_ctx_free(nft);
	return err;
}

#define ANSWER                                                                    \
	"	chain forward {\n"                                                      \
	"		type filter hook forward priority mangle; policy accept;\n"            \
	"		meta mark & 0x%08x == 0x%08x reject with icmp type admin-prohibited\n" \
	"	}\n"

/* The forward chain comes before the user's own filters, which may drop without a word. */
static int make_table(unsigned int mark_shift, bool answers, struct error *e)
{
	uint32_t notrack = (uint32_t)ERXDP_MARK_NOTRACK << mark_shift;
	uint32_t refused = (uint32_t)ERXDP_MARK_REFUSED << mark_shift;
	char commands[1024], answer[512] = "";

	if (answers)
		snprintf(answer, sizeof(answer), ANSWER, refused, refused);
	snprintf(commands, sizeof(commands),
		 FRESH "table ip erxdp {\n"
		       "	comment \"made and removed by erxdp\"\n"
		       "	chain prerouting {\n"
		       "		type filter hook prerouting priority raw; policy accept;\n"
		       "		meta mark & 0x%08x != 0 notrack\n"
		       "	}\n"
		       "%s"
		       "}\n",
		 notrack, answer);
	return nft_run(commands, e);
}

int nft_table_add(unsigned int mark_shift, bool *answers, struct error *e)
{
	int err = make_table(mark_shift, true, e);

	*answers = !err;
	if (err == -EOPNOTSUPP)
		err = make_table(mark_shift, false, e); /* no CONFIG_NFT_REJECT */
	return err;
}

int nft_table_delete(struct error *e)
{
	return nft_run(FRESH, e);
}
