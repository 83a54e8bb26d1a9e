# SPDX-License-Identifier: GPL-2.0
#
# What the kernel has is found out by trying, once for each kernel. Sources
# that include kmod/probes.h are to depend on it.

quiet_cmd_kw_probe = PROBE   $@
      cmd_kw_probe = $(CONFIG_SHELL) $(src)/kmod/probe.sh $(src)/kmod/probes \
		     $(CC) $(NOSTDINC_FLAGS) $(LINUXINCLUDE) \
		     -include $(srctree)/include/linux/compiler_types.h \
		     $(KBUILD_CPPFLAGS) $(KBUILD_CFLAGS) $(KBUILD_CFLAGS_MODULE) \
		     -DKBUILD_MODNAME='"probe"' -DKBUILD_BASENAME='"probe"' \
		     > $@ \# $(KERNELRELEASE)

$(obj)/kmod/probes.h: $(src)/kmod/probe.sh $(wildcard $(src)/kmod/probes/*.c) FORCE
	$(call if_changed,kw_probe)

targets += kmod/probes.h
