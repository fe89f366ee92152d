// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <erxdp/maps.h>

#include "cgroup_root.h"
#include "error.h"
#include "load.h"
#include "pins.h"
#include "sockets.h"
#include "sockets.skel.h"

/* The programs run for some microseconds, in process context; a preempted one waits its turn. */
#define GRACE_US 100000

#define MARKS_PIN ERXDP_PIN_DIR "/local_sockets"

/* In the order of attaching: whatever is counted must be taken away again when it is closed. */
static const struct socket_hook {
	const char *pin;
	const char *program;
	enum bpf_attach_type type;
} hooks[] = {
	{PINS_LINKS "/sock-release", "erxdp_release", BPF_CGROUP_INET_SOCK_RELEASE},
	{PINS_LINKS "/post-bind4", "erxdp_bind4", BPF_CGROUP_INET4_POST_BIND},
	{PINS_LINKS "/post-bind6", "erxdp_bind6", BPF_CGROUP_INET6_POST_BIND},
};
#define NHOOKS (sizeof(hooks) / sizeof(hooks[0]))

/* A link that was detached has no cgroup any more. */
static bool hook_attached(const struct socket_hook *hook)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);
	int link = bpf_obj_get(hook->pin);
	bool attached;

	if (link < 0)
		return false;
	attached = !bpf_obj_get_info_by_fd(link, &info, &len) && info.cgroup.cgroup_id;
	close(link);
	return attached;
}

bool sockets_attached(void)
{
	for (size_t i = 0; i < NHOOKS; i++) {
		if (!hook_attached(&hooks[i]))
			return false;
	}
	return true;
}

void sockets_detach(void)
{
	for (size_t i = NHOOKS; i-- > 0;) {
		int link = bpf_obj_get(hooks[i].pin);

		if (link >= 0) {
			bpf_link_detach(link); /* at once; without the pin it would be some time */
			close(link);
		}
		unlink(hooks[i].pin);
	}
	unlink(MARKS_PIN);
}

/* SO_NETNS_COOKIE: 5.14. */
static int netns_cookie(__u64 *cookie)
{
	int err = 0, sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(*cookie);

	if (sock < 0)
		return -errno;
	if (getsockopt(sock, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &len))
		err = -errno;
	close(sock);
	return err;
}

static int load(struct sockets_bpf **obj, struct error *e)
{
	__u64 cookie;
	int err = netns_cookie(&cookie);

	if (err)
		return error_set(e, err, "the network namespace's cookie is not known: %s",
				 strerror(-err));
	*obj = sockets_bpf__open();
	if (!*obj)
		return error_set(e, -errno, "the socket programs were not opened: %s%s",
				 strerror(errno), loader_complaint());
	(*obj)->rodata->netns_cookie = cookie;
	err = loader_share_maps((*obj)->obj, 0);
	if (!err)
		err = sockets_bpf__load(*obj);
	return err ? error_set(e, err, "the socket programs were not loaded: %s%s", strerror(-err),
			       loader_complaint())
		   : 0;
}

static int program_fd(const struct sockets_bpf *obj, const struct socket_hook *hook)
{
	return bpf_program__fd(bpf_object__find_program_by_name(obj->obj, hook->program));
}

static int replace_hook(const struct socket_hook *hook, int prog, int root)
{
	int err = 0, link = bpf_obj_get(hook->pin);

	(void)root;
	if (link < 0)
		return -errno;
	if (bpf_link_update(link, prog, NULL))
		err = -errno;
	close(link);
	return err;
}

static int attach_hook(const struct socket_hook *hook, int prog, int root)
{
	int err = 0, link = bpf_link_create(prog, root, hook->type, NULL);

	if (link < 0)
		return -errno;
	if (bpf_obj_pin(link, hook->pin))
		err = -errno;
	close(link);
	return err;
}

static int each_hook(const struct sockets_bpf *obj, int root,
		     int (*put)(const struct socket_hook *hook, int prog, int root),
		     struct error *e)
{
	int err;

	for (size_t i = 0; i < NHOOKS; i++) {
		err = put(&hooks[i], program_fd(obj, &hooks[i]), root);
		if (err)
			return error_set(e, err, "%s was not attached to the root cgroup: %s%s",
					 hooks[i].program, strerror(-err), loader_complaint());
	}
	return 0;
}

static int replace_programs(struct error *e)
{
	struct sockets_bpf *obj = NULL;
	int err = load(&obj, e);

	if (!err)
		err = each_hook(obj, -1, replace_hook, e);
	sockets_bpf__destroy(obj);
	return err;
}

/* An iterator runs while it is read; this one writes nothing. */
static int read_iterator(int iterator)
{
	char nothing[8];
	ssize_t n;

	do
		n = read(iterator, nothing, sizeof(nothing));
	while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
	return n < 0 ? -errno : 0;
}

static int count_what_is_bound(const struct sockets_bpf *obj, struct error *e)
{
	struct bpf_link *link = bpf_program__attach_iter(obj->progs.erxdp_sockets, NULL);
	int iterator, err = link ? 0 : -errno;

	if (!err) {
		iterator = bpf_iter_create(bpf_link__fd(link));
		err = iterator < 0 ? -errno : read_iterator(iterator);
		if (iterator >= 0)
			close(iterator);
	}
	bpf_link__destroy(link);
	return err ? error_set(e, err, "the bound sockets were not counted: %s%s", strerror(-err),
			       loader_complaint())
		   : 0;
}

/* The next programs get a map of their own, in which no socket is marked yet; and come only after
 * the last run of those with an older one has ended, so that nothing is taken away from their
 * counts. */
static void forget_counts(__u64 *local_port)
{
	sockets_detach();
	/* An RCU grace period; refused where CPUs run without ticks (nohz_full). */
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(GRACE_US);
	memset(local_port, 0, ERXDP_LOCAL_PORTS * sizeof(*local_port));
}

static int attach_anew(__u64 *local_port, int root, struct error *e)
{
	struct sockets_bpf *obj = NULL;
	int err = load(&obj, e);

	if (!err)
		err = each_hook(obj, root, attach_hook, e);
	if (!err)
		err = count_what_is_bound(obj, e);
	sockets_bpf__destroy(obj);
	if (err)
		forget_counts(local_port);
	return err;
}

int sockets_attach(__u64 *local_port, bool replace, struct error *e)
{
	int root, err;

	if (sockets_attached())
		return replace ? replace_programs(e) : 0;
	forget_counts(local_port);
	root = cgroup_root_open();
	if (root < 0)
		return error_set(e, root, "the root cgroup cannot be opened: %s", strerror(-root));
	err = attach_anew(local_port, root, e);
	close(root);
	return err;
}
