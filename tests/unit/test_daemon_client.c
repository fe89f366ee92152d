// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asking a daemon that is not there, hangs or talks nonsense: `erxdp status` is typed when
 * something is wrong, and must come back.
 */
#include <errno.h>
#include <json-c/json.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include <erxdp/abi.h>

#include "daemon_client.h"

static const char socket_path[] = ERXDP_RUN_DIR "/erxdp.sock";

/* A /run of one's own. */
static int setup(void **state)
{
	(void)state;
	return unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	       mount("tmpfs", "/run", "tmpfs", 0, NULL) || mkdir(ERXDP_RUN_DIR, 0700);
}

/* Takes one request and sends the answer in two parts; NULL: none at all. */
static void serve(int listener, const char *answer)
{
	int fd = accept(listener, NULL, NULL);
	char request[64] = "";

	if (read(fd, request, sizeof(request)) < 0 || strcmp(request, "status\n"))
		_exit(1);
	if (!answer)
		pause();
	if (write(fd, answer, strlen(answer) / 2) < 0)
		_exit(1);
	usleep(20000);
	answer += strlen(answer) / 2;
	if (write(fd, answer, strlen(answer)) < 0)
		_exit(1);
	_exit(0);
}

static pid_t start_server(const char *answer)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t pid;

	strcpy(addr.sun_path, socket_path);
	assert_int_equal(bind(listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(listener, 1), 0);
	pid = fork();
	if (!pid)
		serve(listener, answer);
	close(listener);
	return pid;
}

static int ask(const char *answer, struct json_object **obj)
{
	pid_t pid = start_server(answer);
	int err = daemon_ask_status(obj);

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	unlink(socket_path);
	return err;
}

static void test_answer(void **state)
{
	struct json_object *obj;

	(void)state;
	assert_int_equal(ask("{\"pid\": 7, \"why\": \"\"}\n", &obj), 0);
	assert_int_equal(json_object_get_int(json_object_object_get(obj, "pid")), 7);
	json_object_put(obj);
}

static void test_nonsense(void **state)
{
	struct json_object *obj;

	(void)state;
	assert_int_equal(ask("", &obj), -EBADMSG);
	assert_int_equal(ask("hello", &obj), -EBADMSG);
	assert_int_equal(ask("[1, 2]", &obj), -EBADMSG);
	assert_int_equal(ask("{\"pid\": ", &obj), -EBADMSG);
}

static void test_silence(void **state)
{
	time_t begin = time(NULL);
	struct json_object *obj;

	(void)state;
	assert_int_equal(ask(NULL, &obj), -ETIMEDOUT);
	assert_in_range(time(NULL) - begin, 1, 4);
}

static void test_nobody(void **state)
{
	struct json_object *obj;
	pid_t pid;

	(void)state;
	assert_int_equal(daemon_ask_status(&obj), -ECONNREFUSED);
	/* A socket that a killed daemon left behind. */
	pid = start_server(NULL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(daemon_ask_status(&obj), -ECONNREFUSED);
	unlink(socket_path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests_name("daemon_client", tests, setup, NULL);
}
