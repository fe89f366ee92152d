# SPDX-License-Identifier: GPL-2.0-only
#
#   make            build/erxdp, with its BPF objects inside
#   make test       everything: unit, packet, namespace and VM tests (root)
#   make test-host  the part that needs no VM
#   make oracle     random packets through the kernel's router and erxdp's, compared: N=, SEED=, MODE=
#   make demo       the lab with real FRR, bonding and VLAN, and erxdp at work in it (root)
#   make bench      what a packet costs through the kernel and through erxdp (root; under 15 minutes;
#                   QUICK=1: under two)
#   make verifier-report   what each program costs the verifier, on this kernel and the lab's
#   make install    honours DESTDIR and PREFIX
#   make format     clang-format in place; `make check-format` only looks

VERSION := $(shell sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)
PREFIX  ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
MANDIR  ?= $(PREFIX)/share/man
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR  ?= $(PREFIX)/share/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
BUILD   ?= build

CC      ?= gcc
CLANG   ?= clang
BPFTOOL ?= bpftool
LLVM_STRIP ?= llvm-strip
PKGCONF ?= pkg-config

# base: what all rooms use; kernel: netlink and the model of what the kernel has; tables: the model into
# the maps; host: attaching, the daemon; check: what stands in the way of that; import: the host's NAT
# rules; cmd: one file a verb, and what they print with.
USER_DIRS := user/base user/kernel user/tables user/host user/check user/import user/cmd
LIBS     := libxdp libbpf libmnl libnetfilter_conntrack libnftables libnftnl libip4tc json-c inih libmicrohttpd smartcols ncursesw libsystemd
# Without them every include below would fail, each with a message of its own.
ifeq ($(filter deps test test-host test-vm demo bench clean format check-format,$(MAKECMDGOALS)),)
ifneq ($(shell $(PKGCONF) --exists $(LIBS) && echo yes),yes)
$(error libraries are missing: $(shell $(PKGCONF) --print-errors --exists $(LIBS) 2>&1 | head -n 1); "make deps" installs what is needed)
endif
endif
WARN     := -Wall -Wextra -Werror
OPT      ?= -O2 -g
CFLAGS_  := -std=gnu11 $(OPT) $(WARN) -D_GNU_SOURCE -DERXDP_VERSION='"$(VERSION)"' \
            -Iinclude $(addprefix -I,$(USER_DIRS)) -I$(BUILD) $(shell $(PKGCONF) --cflags $(LIBS) 2>/dev/null)
LDLIBS_  := $(shell $(PKGCONF) --libs $(LIBS) 2>/dev/null)
ARCH     := $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')
BPFFLAGS := -std=gnu11 -O2 -g -fno-strict-aliasing -target bpf -mcpu=v3 $(WARN) -Wno-address-of-packed-member \
            -D__TARGET_ARCH_$(ARCH) -Iinclude -Ibpf -I/usr/include/$(shell $(CC) -dumpmachine)

BPF_OBJS := $(patsubst bpf/%.bpf.c,$(BUILD)/%.bpf.o,$(wildcard bpf/*.bpf.c))
SKELS    := $(BPF_OBJS:.bpf.o=.skel.h)
USER_SRC := user/main.c $(wildcard $(USER_DIRS:%=%/*.c))
USER_OBJ := $(USER_SRC:user/%.c=$(BUILD)/user/%.o)
# Everything but main, for the tests.
USER_LIB := $(BUILD)/liberxdp.a

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' $(1) $(2))

.PHONY: all
all: $(BUILD)/erxdp

$(BUILD)/%.bpf.o: bpf/%.bpf.c
	$(call say,CLANG,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPFFLAGS) -MMD -MP -c $< -o $@
	$(Q)$(LLVM_STRIP) -g $@

$(BUILD)/%.skel.h: $(BUILD)/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $(subst -,_,$*)_bpf > $@.tmp && mv $@.tmp $@

$(BUILD)/user/%.o: user/%.c | $(SKELS)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_) $(CFLAGS) -MMD -MP -c $< -o $@

$(USER_LIB): $(filter-out $(BUILD)/user/main.o,$(USER_OBJ))
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/erxdp: $(BUILD)/user/main.o $(USER_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS_)

# Packages of Debian 12 that building, testing and the lab need; does nothing where all is there.
.PHONY: deps
deps:
	$(Q)tools/install-deps

include tests/tests.mk
include tools/bench/bench.mk

.PHONY: demo
demo: deps
	$(Q)$(MAKE) --no-print-directory stage
	$(Q)tools/demo $(BUILD)/stage $(if $(KEEP),--keep)

MANUALS := $(BUILD)/erxdp.8 $(BUILD)/erxdp.conf.5

# The installed tree that the lab lays over its guest.
.PHONY: stage
stage: all $(MANUALS)
	$(Q)rm -rf $(BUILD)/stage
	$(Q)$(MAKE) --no-print-directory install DESTDIR=$(abspath $(BUILD))/stage PREFIX=/usr > /dev/null

.PHONY: install
install: $(BUILD)/erxdp $(MANUALS)
	install -D -m 0755 $(BUILD)/erxdp $(DESTDIR)$(SBINDIR)/erxdp
	install -D -m 0644 $(BUILD)/erxdp.8 $(DESTDIR)$(MANDIR)/man8/erxdp.8
	install -D -m 0644 $(BUILD)/erxdp.conf.5 $(DESTDIR)$(MANDIR)/man5/erxdp.conf.5
	install -D -m 0644 user/completion/erxdp.bash $(DESTDIR)$(BASHDIR)/erxdp
	install -D -m 0644 user/completion/erxdp.zsh $(DESTDIR)$(ZSHDIR)/_erxdp
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/erxdp/monitoring tools/monitoring/erxdp.dashboard.json \
		tools/monitoring/erxdp.rules.yml

$(BUILD)/erxdp.conf.5: user/erxdp.conf.5.scd
	$(call say,SCDOC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)scdoc < $< > $@.tmp && mv $@.tmp $@

# The manual's table of verdicts comes from the list that the code is made of, that of requirements from
# the names of the tests.
$(BUILD)/erxdp.8: user/erxdp.8.scd include/erxdp/verdict.h tools/verdict-table tests/requirements \
                  tools/requirements $(wildcard tests/*/*.c tests/*/*.sh tests/*/*/*.sh)
	$(call say,SCDOC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)tools/verdict-table > $(BUILD)/verdicts.scd
	$(Q)tools/requirements > $(BUILD)/requirements.scd
	$(Q)sed -e '/@VERDICTS@/{r $(BUILD)/verdicts.scd' -e 'd}' \
		-e '/@REQUIREMENTS@/{r $(BUILD)/requirements.scd' -e 'd}' $< | scdoc > $@.tmp && mv $@.tmp $@

SOURCES := $(wildcard include/erxdp/*.h bpf/*.h bpf/*.c user/*.c user/*/*.h user/*/*.c tests/*/*.h tests/*/*.c \
             tools/bench/*.h tools/bench/*.c tools/verifier/*.c)
.PHONY: format check-format
format:
	clang-format -i $(SOURCES)
check-format:
	$(Q)clang-format --dry-run --Werror $(SOURCES)

.PHONY: clean
clean:
	rm -rf $(BUILD)

.SECONDARY: $(BPF_OBJS) $(SKELS)

-include $(wildcard $(BUILD)/*.d $(BUILD)/user/*.d $(BUILD)/user/*/*.d $(BUILD)/tests/*/*.d)
.DELETE_ON_ERROR:
