# SPDX-License-Identifier: GPL-2.0-only
# The benchmark, which nothing else needs: tools/bench/run says what it does.

BENCH_BPF := $(patsubst tools/bench/%.bpf.c,$(BUILD)/bench/%.bpf.o,$(wildcard tools/bench/*.bpf.c))
BENCH_SKEL := $(BUILD)/bench/gen.skel.h $(BUILD)/bench/sink.skel.h
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
	$(Q)$(CC) $(CFLAGS_) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/bench/driver: $(BENCH_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lbpf -ljson-c -lpthread

.SECONDARY: $(BENCH_SKEL)

# make bench QUICK=1: under two minutes.
.PHONY: bench
bench: all $(BUILD)/bench/driver $(BENCH_BPF)
	$(Q)BUILD=$(BUILD) QUICK=$(QUICK) tools/bench/run

-include $(wildcard $(BUILD)/bench/*.d)
