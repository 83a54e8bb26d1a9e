# SPDX-License-Identifier: GPL-2.0
#
# make          the module for the running kernel, and the tool
# make demo     quotas on real guests, in an emulated host
# make demo-nested
#               guests there that run guests: forbidden and allowed, live
# make check    a slice of the tests; ends in "N passed, N failed, N skipped"
# make check-all
#               all of them but the following; with CHECKED=yes, without those
#               that make check has run as they are
# make matrix   every feature on every kernel and processor
# make bench    what the module adds to KVM's calls, in instructions, and else
#               costs; writes Documentation/performance.md's tables and plots
# make peers    the kernel's own KVM selftests, with the module and without
# make torture  what is random, for eight hours; selftests/torture --help
# make style    what can be said of the source without running it; part of
#               check-all
# make install  the module, the tool and their manuals on this host
# make clean
#
# The demos, check, matrix, bench and peers need a Debian 12 and root, and install
# what else they need.

KDIR ?= /lib/modules/$(shell uname -r)/build

all: module tool

module:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tool:
	$(MAKE) -C tools/kvmwarden

tests: tool
	$(MAKE) -C tools/kvmwarden static/kvmwarden
	$(MAKE) -C selftests/kvm
	$(MAKE) -C selftests/uapi
	$(MAKE) -C selftests/module
	$(MAKE) -C selftests/perf
	$(MAKE) -C selftests/tool-live
	$(MAKE) -C selftests/fuzz

matrix:
	@selftests/matrix

bench:
	@selftests/perf/run --update

peers:
	@selftests/peers/peers

demo:
	@selftests/demo/demo quotas

demo-nested:
	@selftests/demo/demo nested

check:
	@selftests/check

check-all:
	@selftests/check --all $(if $(CHECKED),--rest) $(if $(WITHIN),--within $(WITHIN))

torture:
	@selftests/torture

style:
	@selftests/style

install: all
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules_install
	$(MAKE) -C tools/kvmwarden install

# KDIR may be missing: what kbuild left is known without it
clean:
	-$(MAKE) -C tools/kvmwarden clean
	-$(MAKE) -C selftests/kvm clean
	-$(MAKE) -C selftests/uapi clean
	-$(MAKE) -C selftests/module clean
	-$(MAKE) -C selftests/perf clean
	-$(MAKE) -C selftests/tool-live clean
	-$(MAKE) -C selftests/demo clean
	-$(MAKE) -C selftests/unit clean
	-$(MAKE) -C selftests/fuzz clean
	find kmod -name '*.o' -o -name '.*.cmd' -o -name probes.h | xargs rm -f
	rm -f kvmwarden*.o kvmwarden*.ko kvmwarden*.mod kvmwarden*.mod.c \
		.*.cmd modules.order Module.symvers

.PHONY: all module tool tests demo demo-nested check check-all matrix peers style install
.PHONY: bench torture clean
