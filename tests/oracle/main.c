// SPDX-License-Identifier: GPL-2.0-only
/*
 * The oracle: random packets through a router of the kernel's and through erxdp, compared.
 * tests/net/oracle.sh builds the routers and starts this in erxdp's namespace.
 */
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "accept.h"
#include "gen.h"
#include "run.h"
#include "shrink.h"

struct options {
	const char *far, *kernel, *replay;
	unsigned long packets, epoch, length, idle_every, idle, shrink;
	uint64_t seed;
};

static const char usage[] =
	"usage: oracle [--packets N] [--seed S] [--epoch E] [--length STEPS] [--idle-every "
	"EPOCHS]\n"
	"              [--idle SECONDS] [--limit SECONDS] [--reset COMMAND] [--far NETNS]\n"
	"              [--kernel NETNS] [--shrink SECONDS] [--explain] [--sabotage] [--replay "
	"FILE]\n";

/* On one CPU a packet is through both routers before send() returns, nearly always. */
static void stay_on_one_cpu(void)
{
	cpu_set_t set, one;

	if (sched_getaffinity(0, sizeof(set), &set))
		return;
	CPU_ZERO(&one);
	for (int cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--)
		if (CPU_ISSET(cpu, &set)) {
			CPU_SET(cpu, &one);
			break;
		}
	sched_setaffinity(0, sizeof(one), &one);
}

static int read_sequence(const char *path, struct sequence *sequence)
{
	FILE *file = fopen(path, "r");
	char line[1024];
	unsigned int number = 0;
	int err = 0;

	if (!file) {
		fprintf(stderr, "oracle: %s: %s\n", path, strerror(errno));
		return -1;
	}
	*sequence = (struct sequence){calloc(65536, sizeof(struct step)), 0};
	while (!err && sequence->count < 65536 && fgets(line, sizeof(line), file)) {
		int found = step_parse(line, &sequence->step[sequence->count]);

		number++;
		if (found < 0)
			err = fprintf(stderr, "oracle: %s:%u: not understood: %s", path, number,
				      line);
		sequence->count += found > 0;
	}
	fclose(file);
	return err ? -1 : 0;
}

static void report_failure(struct run *run, const struct options *options,
			   struct sequence *sequence, unsigned long epoch, unsigned int at)
{
	int tries;

	printf("# failed at step %u of epoch %lu, seed %lu: %s\n", at, epoch,
	       (unsigned long)options->seed, run->x.why);
	compare_print(stdout, &run->x);
	fflush(stdout);
	if (!options->shrink)
		return;
	sequence->count = at + 1;
	tries = shrink(run, sequence, options->shrink);
	if (!run->x.why) {
		printf("# it did not fail again in %d tries\n", tries);
		return;
	}
	printf("# shrunk to %u steps in %d tries: %s\n", sequence->count, tries, run->x.why);
	for (unsigned int i = 0; i < sequence->count; i++)
		step_print(stdout, &sequence->step[i]);
	compare_print(stdout, &run->x);
}

static uint64_t epoch_seed(uint64_t seed, unsigned long epoch)
{
	struct random random = {seed * 0x10001 + epoch};

	return (uint64_t)random_next(&random) << 32 | random_next(&random);
}

static enum outcome run_epoch(struct run *run, const struct options *options, unsigned long epoch)
{
	bool idle = options->idle_every && epoch % options->idle_every == options->idle_every - 1;
	struct sequence sequence;
	struct gen gen;
	enum outcome outcome;
	unsigned int at = 0;

	gen_begin(&gen, epoch_seed(options->seed, epoch));
	if (run_reset(run) ||
	    gen_sequence(&gen, options->length, idle ? options->idle : 0, &sequence))
		return RUN_BROKEN;
	outcome = run_sequence(run, &sequence, &at);
	if (outcome == RUN_DIFFERENT)
		report_failure(run, options, &sequence, epoch, at);
	free(sequence.step);
	return outcome;
}

static enum outcome run_random(struct run *run, const struct options *options)
{
	enum outcome outcome = RUN_SAME;
	unsigned long epoch = options->epoch, late = 0;

	while (run->packets < options->packets && (outcome == RUN_SAME || outcome == RUN_LATE)) {
		outcome = run_epoch(run, options, epoch++);
		late += outcome == RUN_LATE;
	}
	if (late)
		printf("# %lu of %lu sequences were cut short by the time limit\n", late,
		       epoch - options->epoch);
	return outcome;
}

static enum outcome run_replay(struct run *run, const struct options *options)
{
	struct sequence sequence;
	enum outcome outcome;
	unsigned int at = 0;

	if (read_sequence(options->replay, &sequence) || run_reset(run))
		return RUN_BROKEN;
	outcome = run_sequence(run, &sequence, &at);
	if (outcome == RUN_DIFFERENT) {
		printf("# %s: step %u: %s\n", options->replay, at, run->x.why);
		compare_print(stdout, &run->x);
	}
	free(sequence.step);
	return outcome;
}

static void print_summary(const struct run *run, double seconds)
{
	printf("# %lu packets in %lu steps, %.1f s, %.0f packets/s; %lu came out of both routers, "
	       "%lu "
	       "with a port put back; %lu steps of retired flows left out\n",
	       run->packets, run->steps, seconds, run->packets / seconds, run->came_out,
	       run->translated, run->skipped);
	for (unsigned int i = 0; i < accepted_count; i++)
		printf("# %s %s: %lu times: %s\n", accepted[i].bug ? "FAULT" : "accepted",
		       accepted[i].name, run->accepted[i], accepted[i].reason);
}

/* What the issue asks for: at most ten differences are meant. */
static bool table_is_short(void)
{
	unsigned int meant = 0;

	for (unsigned int i = 0; i < accepted_count; i++)
		meant += !accepted[i].bug;
	return meant <= 10 && accepted_count <= ACCEPTED_MAX;
}

static int parse_options(int argc, char **argv, struct options *options, struct run *run)
{
	static const struct option names[] = {
		{"packets", 1, 0, 'n'},	   {"seed", 1, 0, 's'},
		{"epoch", 1, 0, 'e'},	   {"length", 1, 0, 'l'},
		{"idle-every", 1, 0, 'E'}, {"idle", 1, 0, 'i'},
		{"limit", 1, 0, 'L'},	   {"reset", 1, 0, 'r'},
		{"far", 1, 0, 'f'},	   {"kernel", 1, 0, 'k'},
		{"shrink", 1, 0, 'S'},	   {"explain", 0, 0, 'x'},
		{"sabotage", 0, 0, 'b'},   {"replay", 1, 0, 'R'},
		{"survey", 1, 0, 'y'},	   {},
	};
	int letter;

	while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1) {
		unsigned long number = optarg ? strtoul(optarg, NULL, 0) : 0;

		switch (letter) {
		case 'n':
			options->packets = number;
			break;
		case 's':
			options->seed = number;
			break;
		case 'e':
			options->epoch = number;
			break;
		case 'l':
			options->length = number;
			break;
		case 'E':
			options->idle_every = number;
			break;
		case 'i':
			options->idle = number;
			break;
		case 'L':
			run->silence_limit = strtod(optarg, NULL);
			break;
		case 'r':
			run->reset = optarg;
			break;
		case 'f':
			options->far = optarg;
			break;
		case 'k':
			options->kernel = optarg;
			break;
		case 'S':
			options->shrink = number;
			break;
		case 'x':
			run->explain = true;
			break;
		case 'b':
			run->sabotage = true;
			break;
		case 'y':
			run->survey = number;
			break;
		case 'R':
			options->replay = optarg;
			break;
		default:
			return -1;
		}
	}
	return optind == argc ? 0 : -1;
}

static double seconds_since(const struct timespec *begin)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	return end.tv_sec - begin->tv_sec + (end.tv_nsec - begin->tv_nsec) / 1e9;
}

int main(int argc, char **argv)
{
	static struct run run = {.silence_limit = 1e9};
	struct options options = {
		.far = "far",
		.kernel = "kernel",
		.packets = 10000,
		.length = 1000,
		.idle = 5,
		.shrink = 60,
		.seed = time(NULL),
	};
	enum outcome outcome;
	struct timespec begin;

	if (!table_is_short() || parse_options(argc, argv, &options, &run)) {
		fputs(usage, stderr);
		return 2;
	}
	setlinebuf(stdout);
	stay_on_one_cpu();
	if (wire_open(&run.wire, options.far, options.kernel))
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	if (!options.replay)
		printf("# seed %lu\n", (unsigned long)options.seed);
	outcome = options.replay ? run_replay(&run, &options) : run_random(&run, &options);
	print_summary(&run, seconds_since(&begin));
	return outcome == RUN_BROKEN ? 2 : outcome == RUN_DIFFERENT;
}
