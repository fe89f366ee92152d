// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads BPF objects and prints what the verifier says of each program, a line of Markdown each:
 *
 *     verifier OBJECT...
 *
 * tools/verifier-report makes a table of them. What differs from one run to the next, such as the
 * time, is left out, so that a difference is a change of the program's or of the kernel's.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

/* Statistics alone (BPF_LOG_STATS in the kernel's bpf_verifier.h). */
#define LOG_STATS 4
#define LOG_SIZE  65536

#define MAX_PROGRAMS 64

struct figures {
	unsigned long processed, states, peak;
	unsigned int stack, deepest; /* the program's own, and the largest of its functions */
};

/* "stack depth 168+32+48": the program, then its functions. */
static void read_stack(struct figures *figures, const char *log)
{
	const char *at = strstr(log, "stack depth ");
	unsigned long depth;
	char *end;

	if (!at)
		return;
	for (at += strlen("stack depth ");; at = end + 1) {
		depth = strtoul(at, &end, 10);
		if (!figures->deepest)
			figures->stack = depth;
		figures->deepest = depth > figures->deepest ? depth : figures->deepest;
		if (*end != '+')
			return;
	}
}

static int read_log(struct figures *figures, const char *log)
{
	const char *at = strstr(log, "processed ");

	*figures = (struct figures){};
	if (!at || sscanf(at,
			  "processed %lu insns (limit %*d) max_states_per_insn %*d "
			  "total_states %lu peak_states %lu",
			  &figures->processed, &figures->states, &figures->peak) != 3)
		return -EPROTO;
	read_stack(figures, log);
	return 0;
}

static int print_program(const struct bpf_program *program, const char *log)
{
	struct figures figures;
	struct utsname name;

	if (read_log(&figures, log)) {
		fprintf(stderr, "verifier: %s: the log has no statistics:\n%s",
			bpf_program__name(program), log);
		return -1;
	}
	uname(&name);
	printf("| %s | %s | %zu | %lu | %lu | %lu | %u | %u |\n", name.release,
	       bpf_program__name(program), bpf_program__insn_cnt(program), figures.processed,
	       figures.states, figures.peak, figures.stack, figures.deepest);
	return 0;
}

static int load(struct bpf_object *object, char *logs)
{
	struct bpf_program *program;
	unsigned int n = 0;
	int err = 0;

	bpf_object__for_each_program(program, object) {
		if (n == MAX_PROGRAMS)
			return -E2BIG;
		bpf_program__set_log_level(program, LOG_STATS);
		bpf_program__set_log_buf(program, logs + LOG_SIZE * n++, LOG_SIZE);
	}
	err = bpf_object__load(object);
	n = 0;
	if (!err)
		bpf_object__for_each_program(program, object)
			err |= print_program(program, logs + LOG_SIZE * n++);
	return err;
}

int main(int argc, char **argv)
{
	char *logs = calloc(MAX_PROGRAMS, LOG_SIZE);
	int err = logs ? 0 : -ENOMEM;

	for (int i = 1; !err && i < argc; i++) {
		struct bpf_object *object = bpf_object__open_file(argv[i], NULL);

		err = object ? load(object, logs) : -errno;
		if (err)
			fprintf(stderr, "verifier: %s does not load\n", argv[i]);
		bpf_object__close(object);
	}
	free(logs);
	return err ? 1 : 0;
}
