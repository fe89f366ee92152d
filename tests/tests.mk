# SPDX-License-Identifier: GPL-2.0-only
# Each tests/unit/NAME.c and tests/prog/NAME.c is a cmocka program of its own.
#
# The packet and the namespace tests (tests/prog, tests/net) run on this host's kernel and, by
# tests/vm/programs, on those of the lab. In the environment:
#
#   ERXDP_TEST_SCALE   divides amounts that are large only so as to be sure (scaled() in tests/prog/harness.h)
#   ERXDP_TEST_PINS    where packet tests leave loaded programs for each other (the same)
#   ERXDP_TEST_STAGES  no packet takes the express way of bpf/express.h (tests/test_stages.sh)
#   ERXDP_TEST_PATIENCE  factor of the time that namespace tests wait for a condition (wait_until), and
#                      of the 50 ms that forward.sh allows a route, questions included
#   ERXDP_TEST_MODES   of the namespace tests that attach (native tc generic)

UNIT_BIN := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
PROG_BIN := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/prog/test_*.c))
PROG_LIB := $(patsubst tests/%.c,$(BUILD)/tests/%.o,$(filter-out tests/prog/test_%,$(wildcard tests/prog/*.c)))

# What tests/net/NAME.sh needs besides erxdp.
NET_BPF  := $(patsubst tests/%.c,$(BUILD)/tests/%.o,$(wildcard tests/net/*.bpf.c))
NET_BIN  := $(patsubst tests/%.c,$(BUILD)/tests/%,$(filter-out %.bpf.c,$(wildcard tests/net/*.c)))
NET_PRELOAD := $(patsubst tests/%.c,$(BUILD)/tests/%.so,$(wildcard tests/net/preload/*.c))
# The driver of tests/net/oracle.sh; it needs no library.
ORACLE   := $(BUILD)/tests/oracle/oracle
ORACLE_OBJ := $(patsubst tests/%.c,$(BUILD)/tests/%.o,$(wildcard tests/oracle/*.c))

$(BUILD)/tests/%.o: tests/%.c | $(SKELS)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_) $(CFLAGS) -Itests -MMD -MP -c $< -o $@

# What compiles the programs' own code, with the maps in plain memory.
NATIVE := $(BUILD)/tests/prog/table.o $(BUILD)/tests/unit/test_session_table.o
$(NATIVE): CFLAGS_ := -Itests/native -Ibpf $(CFLAGS_) -fno-strict-aliasing -pthread

$(UNIT_BIN): %: %.o $(USER_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS_) -lcmocka
$(PROG_BIN): %: %.o $(PROG_LIB) $(USER_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lbpf -lcmocka
$(NET_BIN): %: %.o $(USER_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS_)
$(NET_BPF): $(BUILD)/tests/%.o: tests/%.c
	$(call say,CLANG,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPFFLAGS) -c $< -o $@
$(NET_PRELOAD): $(BUILD)/tests/%.so: tests/%.c
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_) $(CFLAGS) -shared -fPIC -o $@ $<
$(ORACLE): $(ORACLE_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^

.PHONY: tests
tests: $(UNIT_BIN) $(PROG_BIN) $(NET_BIN) $(NET_BPF) $(NET_PRELOAD) $(ORACLE)

# make oracle N=1000000 SEED=1 MODE=native
.PHONY: oracle
oracle: all $(ORACLE)
	$(Q)ORACLE_PACKETS=$(or $(N),102000) ORACLE_SEED=$(or $(SEED),$(shell date +%s)) \
		$(if $(MODE),ORACLE_MODES="$(MODE)") tests/net/oracle.sh

# A second make, because the libraries' flags are asked for when make starts, and deps may just have
# installed them.
NET_TESTS := $(sort $(wildcard tests/net/*.sh))
HOST_TESTS = tests/test_requirements.sh tests/test_completion.sh tests/test_stages.sh $(UNIT_BIN) $(PROG_BIN) $(NET_TESTS)

.PHONY: test test-host test-vm run-host-tests run-vm-tests run-all-tests
test: deps
	$(Q)$(MAKE) --no-print-directory run-all-tests
test-host: deps
	$(Q)$(MAKE) --no-print-directory run-host-tests
test-vm: deps
	$(Q)$(MAKE) --no-print-directory run-vm-tests

run-all-tests: all tests check-format stage
	$(Q)BUILD=$(BUILD) tests/run -l $(BUILD)/logs -j 2 $(HOST_TESTS) -- tests/vm/run
run-host-tests: all tests check-format
	$(Q)tests/run -l $(BUILD)/logs -j 2 $(HOST_TESTS)
run-vm-tests: stage tests
	$(Q)BUILD=$(BUILD) tests/run -l $(BUILD)/logs tests/vm/run
