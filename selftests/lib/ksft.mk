# SPDX-License-Identifier: GPL-2.0
# kselftest's own headers, taken from the kernel source that is installed, and
# the sources of our VMM. Include this after the default target; then $(KSFT_FLAGS),
# and let objects depend on $(KSFT_HEADERS) and $(VMM_HEADERS).

MACHINE := $(shell $(CC) -dumpmachine)
VMM := ../lib/vmm.c
VMM += ../lib/vmm_$(if $(filter aarch64-%,$(MACHINE)),arm64,x86).c
VMM_HEADERS := ../lib/vmm.h ../lib/vmm_arch.h

KVMWARDEN_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kvmwarden
KSFT_SOURCE ?= linux-source-6.1
KSFT := $(KVMWARDEN_CACHE)/ksft
KSFT_HEADERS := $(KSFT)/kselftest.h $(KSFT)/kselftest_harness.h
# static: under emulation, libraries take longer to load than most tests to run
KSFT_FLAGS := -isystem $(KSFT) -static

# Several makes may find them missing at once: none may see half a file. tar
# keeps the kernel's times; what is older than our own sources is no reason to
# unpack again, so touch.
$(KSFT_HEADERS) &:
	@mkdir -p $(KSFT)
	@tarball=$$(dpkg -L $(KSFT_SOURCE) | grep -m1 'tar\.xz$$') || \
		{ echo "$(KSFT_SOURCE) is not installed; run selftests/deps" >&2; exit 1; }; \
	temp=$$(mktemp -d $(KSFT)/making.XXXXXX) && \
	tar -C $$temp --strip-components=4 --occurrence=1 -xf $$tarball \
		$(KSFT_SOURCE)/tools/testing/selftests/kselftest.h \
		$(KSFT_SOURCE)/tools/testing/selftests/kselftest_harness.h && \
	touch $$temp/* && mv $$temp/* $(KSFT)/ && rmdir $$temp
