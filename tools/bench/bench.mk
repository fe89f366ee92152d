# SPDX-License-Identifier: GPL-2.0-only
# The benchmark (tools/bench/run says what it does) and the verifier's report, which nothing else needs.

BENCH_BPF := $(patsubst tools/bench/%.bpf.c,$(BUILD)/bench/%.bpf.o,$(wildcard tools/bench/*.bpf.c))
BENCH_SKEL := $(patsubst %,$(BUILD)/bench/%.skel.h,gen sink lookup anew)
BENCH_OBJ := $(patsubst tools/bench/%.c,$(BUILD)/bench/%.o,$(filter-out %.bpf.c,$(wildcard tools/bench/*.c)))

$(BUILD)/bench/%.bpf.o: tools/bench/%.bpf.c
	$(call say,CLANG,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPFFLAGS) -MMD -MP -c $< -o $@
	$(Q)$(LLVM_STRIP) -g $@

$(BUILD)/bench/%.skel.h: $(BUILD)/bench/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@.tmp && mv $@.tmp $@

$(BUILD)/bench/%.o: tools/bench/%.c | $(BENCH_SKEL)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_) -I$(BUILD)/bench $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/bench/driver: $(BENCH_OBJ) $(USER_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS_) -lpthread -lm

.SECONDARY: $(BENCH_SKEL)

# For tests/net/bench.sh, and what tests/unit/test_latency.c is about.
$(BUILD)/tests/unit/test_latency: $(BUILD)/bench/latency.o
tests: $(BUILD)/bench/driver $(BENCH_BPF)

# make bench QUICK=1: under two minutes. ARGS: more of tools/bench/run's. A second make, as for the tests.
.PHONY: bench run-bench
bench: deps
	$(Q)$(MAKE) --no-print-directory run-bench
run-bench: all $(BUILD)/bench/driver $(BENCH_BPF)
	$(Q)BUILD=$(BUILD) QUICK=$(QUICK) tools/bench/run $(ARGS)

$(BUILD)/verifier: tools/verifier/main.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_) $(CFLAGS) -o $@ $< -lbpf

# make verifier-report KERNELS="6.1 6.12": this kernel's and those of the lab; none: KERNELS=
KERNELS ?= 6.1 6.12
.PHONY: verifier-report
verifier-report: $(BPF_OBJS) $(BUILD)/verifier
	$(Q)BUILD=$(BUILD) tools/verifier-report $(KERNELS)

-include $(wildcard $(BUILD)/bench/*.d)
