# What plots.gnuplot draws, in files in the directory @to: of figures.

function value(name, call) {
	return (name, call) in least ? more(name, call) : 0
}

END {
	n = split("KVM_RUN|KVM_IRQ_LINE|KVM_SIGNAL_MSI|KVM_CHECK_EXTENSION|" \
		  "add ioeventfd|add irqfd|create vCPU|create slot|delete slot",
		  names, "|")
	for (i = 1; i <= n; i++)
		printf "\"%s\"\t%d\t%d\t%d\t%d\n", names[i],
			value("kvmwarden", names[i]),
			value("BPF-LSM", names[i]), value("seccomp", names[i]),
			value("kprobes", names[i]) >(to "/added")
	n = split("1 10 100 1000 10000", sizes, " ")
	for (i = 1; i <= n; i++) {
		which = "with " sizes[i] " other VMs"
		printf "%d\t%d\t%d\t%d\t%d\t%d\n", sizes[i],
			value(which, "create VM"), value(which, "destroy VM"),
			value(which, "create slot"), value(which, "create vCPU"),
			value(which, "add ioeventfd") >(to "/vms")
	}
	n = split("1 100 1000 9999", sizes, " ")
	for (i = 1; i <= n; i++) {
		which = sizes[i] " classes by "
		printf "%d\t%d\t%d\t%d\t%d\n", sizes[i],
			value(which "uid, last", "create VM"),
			value(which "exe, last", "create VM"),
			value(which "cgroup, last", "create VM"),
			value(which "cgroup, prefixes alike, last", "create VM") \
			>(to "/classes")
	}
}
