// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include <erxdp/abi.h>
#include <erxdp/maps.h>
#include <erxdp/session_table.h>

#include "error.h"
#include "load.h"
#include "log.h"
#include "pins.h"
#include "sockets.skel.h"
#include "tc.skel.h"
#include "xdp.skel.h"

#define INGRESS_PIN PINS_PROGS "/erxdp_ingress"
#define EGRESS_PIN  PINS_PROGS "/erxdp_egress"
#define SWEEP_PIN   PINS_PROGS "/erxdp_sweep" /* mapset.c opens these */
#define IMPORT_PIN  PINS_PROGS "/erxdp_import"

static char complaint[256];

const char *loader_complaint(void)
{
	static char text[sizeof(complaint) + 4];

	if (!*complaint)
		return "";
	snprintf(text, sizeof(text), " (%s)", complaint);
	return text;
}

#define BOILERPLATE "libbpf: failed to load "
#define KERNEL_SAYS "libbpf: Kernel error message: "

/* The libraries' complaints go into our own sentence, the kernel's own words before theirs; all of
 * their text with ERXDP_DEBUG. */
static void keep_complaint(bool warning, const char *fmt, va_list ap)
{
	static bool from_kernel;
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\n")] = '\0';
	log_debug("%s", text);
	if (!strncmp(text, KERNEL_SAYS, strlen(KERNEL_SAYS))) {
		from_kernel = true;
		snprintf(complaint, sizeof(complaint), "%.255s", text + strlen(KERNEL_SAYS));
	} else if (warning && strncmp(text, BOILERPLATE, strlen(BOILERPLATE))) {
		/* Of one failure, libxdp speaks after the kernel. */
		if (!from_kernel)
			snprintf(complaint, sizeof(complaint), "%.255s", text);
		from_kernel = false;
	}
}

static int __attribute__((format(printf, 2, 0)))
take_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (level != LIBBPF_DEBUG)
		keep_complaint(level == LIBBPF_WARN, fmt, ap);
	return 0;
}

static int __attribute__((format(printf, 2, 0)))
take_libxdp(enum libxdp_print_level level, const char *fmt, va_list ap)
{
	keep_complaint(level == LIBXDP_WARN, fmt, ap);
	return 0;
}

void loader_quiet(void)
{
	libbpf_set_print(take_libbpf);
	libxdp_set_print(take_libxdp);
}

/* FNV-1a, 64 bits */
static uint64_t fnv1a(uint64_t hash, const unsigned char *p, size_t len)
{
	while (len--)
		hash = (hash ^ *p++) * 0x100000001b3ULL;
	return hash;
}

static void hash_objects(char text[17])
{
	uint64_t hash = 0xcbf29ce484222325ULL;
	const void *elf;
	size_t len;

	elf = tc_bpf__elf_bytes(&len);
	hash = fnv1a(hash, elf, len);
	elf = xdp_bpf__elf_bytes(&len);
	hash = fnv1a(hash, elf, len);
	elf = sockets_bpf__elf_bytes(&len);
	hash = fnv1a(hash, elf, len);
	snprintf(text, 17, "%016llx", (unsigned long long)hash);
}

static __u32 one_a_session(__u32 sessions)
{
	return sessions;
}

/* The maps whose size is the user's. */
static const struct {
	const char *name;
	__u32 (*entries)(__u32 sessions);
} sized[] = {
	{"sessions", session_records},	   {"session_pool", session_records},
	{"inside_index", session_buckets}, {"outside_index", session_buckets},
	{"endpoints", one_a_session},	   {"inside_endpoints", one_a_session},
	{"permits", one_a_session},	   {"recent", one_a_session},
};

static bool is_sized(const struct bpf_map *map)
{
	for (size_t i = 0; i < sizeof(sized) / sizeof(sized[0]); i++)
		if (!strcmp(bpf_map__name(map), sized[i].name))
			return true;
	return false;
}

/* The kernel has no empty maps; with `max-sessions = 0` the programs use none of it. */
unsigned int loader_map_entries(const struct bpf_map *map, unsigned int sessions)
{
	for (size_t i = 0; i < sizeof(sized) / sizeof(sized[0]); i++)
		if (!strcmp(bpf_map__name(map), sized[i].name))
			return sized[i].entries(sessions ? sessions : 1);
	return bpf_map__max_entries(map);
}

static bool same_shape(int fd, const struct bpf_map *map)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return !bpf_obj_get_info_by_fd(fd, &info, &len) && info.type == bpf_map__type(map) &&
	       info.key_size == bpf_map__key_size(map) &&
	       info.value_size == bpf_map__value_size(map) &&
	       (is_sized(map) || info.max_entries == bpf_map__max_entries(map));
}

static int make_map(struct bpf_map *map, const char *path, unsigned int sessions)
{
	int err = is_sized(map) ? bpf_map__set_max_entries(map, loader_map_entries(map, sessions))
				: 0;

	return err ? err : bpf_map__set_pin_path(map, path); /* libbpf makes it and pins it */
}

static int share_map(struct bpf_map *map, unsigned int sessions)
{
	char path[128];
	int fd, err;

	snprintf(path, sizeof(path), ERXDP_PIN_DIR "/%s", bpf_map__name(map));
	fd = bpf_obj_get(path);
	if (fd < 0)
		return make_map(map, path, sessions);
	err = same_shape(fd, map) ? bpf_map__reuse_fd(map, fd) : -EPROTO;
	close(fd);
	return err;
}

/* Takes the pinned maps. Not by libbpf's pin paths alone: it compares flags too, and the kernel
 * adds one to device maps. Maps of the compiler's (.rodata) stay each object's own. */
int loader_share_maps(struct bpf_object *obj, unsigned int sessions)
{
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map(map, obj) {
		if (!err && !bpf_map__is_internal(map))
			err = share_map(map, sessions);
	}
	return err;
}

static int load_failed(int err, const char *what, struct error *e)
{
	const char *remedy = "";

	if (err == -EPERM)
		remedy = "; run as root, outside containers without CAP_BPF";
	else if (err == -ENOMEM)
		remedy = "; 80 MB of kernel memory are needed, and 250 bytes for each of "
			 "`max-sessions`";
	else if (err == -EPROTO)
		remedy = "; the pinned maps are of another build: `erxdp detach`, then attach";
	else if (err == -EINVAL || err == -EACCES || err == -E2BIG)
		remedy = "; ERXDP_DEBUG=1 shows what the kernel's verifier said";
	return error_set(e, err, "%s: %s%s%s", what, strerror(-err), loader_complaint(), remedy);
}

static int pin_programs(struct loader *l)
{
	unlink(INGRESS_PIN);
	unlink(EGRESS_PIN);
	unlink(SWEEP_PIN);
	unlink(IMPORT_PIN);
	if (bpf_obj_pin(l->ingress, INGRESS_PIN) || bpf_obj_pin(l->egress, EGRESS_PIN) ||
	    bpf_obj_pin(bpf_program__fd(l->tc->progs.erxdp_sweep), SWEEP_PIN) ||
	    bpf_obj_pin(bpf_program__fd(l->tc->progs.erxdp_import), IMPORT_PIN))
		return -errno;
	return 0;
}

static int load_tc(struct loader *l, struct error *e)
{
	int err;

	l->tc = tc_bpf__open();
	if (!l->tc)
		return load_failed(-errno, "the TC programs were not opened", e);
	err = loader_share_maps(l->tc->obj, l->sessions);
	if (!err)
		err = tc_bpf__load(l->tc);
	if (err)
		return load_failed(err, "the TC programs were not loaded", e);
	l->ingress = dup(bpf_program__fd(l->tc->progs.erxdp_ingress));
	l->egress = dup(bpf_program__fd(l->tc->progs.erxdp_egress));
	if (l->ingress < 0 || l->egress < 0)
		return load_failed(-errno, "the TC programs were not kept", e);
	err = pin_programs(l);
	return err ? load_failed(err, "the TC programs were not pinned", e) : 0;
}

static bool open_pinned(struct loader *l)
{
	l->ingress = bpf_obj_get(INGRESS_PIN);
	l->egress = bpf_obj_get(EGRESS_PIN);
	if (l->ingress >= 0 && l->egress >= 0 && !access(SWEEP_PIN, F_OK) &&
	    !access(IMPORT_PIN, F_OK))
		return true;
	if (l->ingress >= 0)
		close(l->ingress);
	if (l->egress >= 0)
		close(l->egress);
	l->ingress = l->egress = -1;
	return false;
}

/* From now on the pins are an attach's, and not an unfinished one's. */
static int write_abi(struct error *e)
{
	int fd = bpf_obj_get(ERXDP_PIN_DIR "/control");
	/* Not in charge of connections before those of the kernel's are taken over (takeover.h). */
	struct control ctl = {.abi = ERXDP_ABI, .flags = CONTROL_ASIDE};
	__u32 key = 0;
	int err = 0;

	if (fd < 0 || bpf_map_update_elem(fd, &key, &ctl, BPF_ANY))
		err = load_failed(-errno, "the map `control` was not written", e);
	if (fd >= 0)
		close(fd);
	return err;
}

void loader_init(struct loader *l)
{
	memset(l, 0, sizeof(*l));
	l->ingress = l->egress = -1;
}

int loader_open(struct loader *l, const char *objects, unsigned int sessions, struct error *e)
{
	unsigned int abi = 0;
	int err;

	loader_init(l);
	l->sessions = sessions;
	hash_objects(l->objects);
	err = pins_prepare(e);
	if (err)
		return err;
	l->made = pins_look(&abi) != PINS_OURS;
	if (!l->made && !strcmp(objects, l->objects) && open_pinned(l))
		return 0;
	l->replace = !l->made;
	err = load_tc(l, e);
	if (!err && l->made)
		err = write_abi(e);
	return err;
}

int loader_get_xdp(struct loader *l, struct xdp_program **prog, struct error *e)
{
	DECLARE_LIBXDP_OPTS(xdp_program_opts, opts, .prog_name = "erxdp_xdp");
	int err;

	if (l->xdp_prog) {
		*prog = l->xdp_prog;
		return 0;
	}
	if (!l->xdp)
		l->xdp = xdp_bpf__open();
	if (!l->xdp)
		return load_failed(-errno, "the XDP program was not opened", e);
	err = loader_share_maps(l->xdp->obj, l->sessions);
	if (err)
		return load_failed(err, "the XDP program's maps were not found", e);
	opts.obj = l->xdp->obj;
	*prog = xdp_program__create(&opts);
	err = libxdp_get_error(*prog);
	if (err)
		return load_failed(err, "the XDP program was not opened", e);
	/* What the fast path passes goes on to the programs behind it in the dispatcher. */
	err = xdp_program__set_chain_call_enabled(*prog, XDP_PASS, true);
	if (err) {
		xdp_program__close(*prog);
		return load_failed(err, "the XDP program's chain call was not set", e);
	}
	l->xdp_prog = *prog;
	return 0;
}

void loader_close(struct loader *l)
{
	if (l->xdp_prog)
		xdp_program__close(l->xdp_prog);
	xdp_bpf__destroy(l->xdp);
	tc_bpf__destroy(l->tc);
	if (l->ingress >= 0)
		close(l->ingress);
	if (l->egress >= 0)
		close(l->egress);
	loader_init(l);
}
