# What kvmwarden adds to each call, by the function that executed it: of what QEMU
# wrote down of each instruction.
#
#	awk -f where.awk part=symbols SYMBOLS part=figures FS='\t' FIGURES \
#		part=trace FS=' ' TRACE
#
# SYMBOLS: of the kernel, in order: address, name, module. FIGURES: of inside's
# step trace: what is hooked, and where measure's functions are. TRACE: QEMU's log.
#
# Ours is what is executed between a hooked function's first instruction and its
# second, and what the module executes elsewhere, with all that it calls. Prints
# for each call what was least: all of it, and how much of it by which function.

# Addresses are told without leading zeros by some.
function wide(address) {
	return substr("0000000000000000" address, length(address) + 1)
}

function symbol(address,   low, high, middle) {
	if (address in known)
		return known[address]
	low = 1
	high = symbols
	while (low < high) {
		middle = int((low + high + 1) / 2)
		if (at[middle] <= address)
			low = middle
		else
			high = middle - 1
	}
	return known[address] = name[low]
}

function forget(   key) {
	for (key in by)
		delete by[key]
	total = 0
}

# The call is at its end: is it the least so far?
function settle(   key, pair) {
	if (call == "" || (call in least && least[call] <= total))
		return
	least[call] = total
	for (key in of) {
		split(key, pair, SUBSEP)
		if (pair[1] == call)
			delete of[key]
	}
	for (key in by)
		of[call, key] = by[key]
}

function execute(address,   here) {
	if (address in amongs) {
		among = " among " amongs[address]
	} else if (address in calls) {
		call = calls[address] among
		counts = inside = 0
		forget()
	} else if (address in clocks) {
		counts = !counts
		if (!counts)
			settle()
	} else if (counts && inside) {
		here = symbol(address)
		if (here == caller) {
			inside = 0
		} else {
			by[here]++
			total++
		}
	} else if (counts && (before in hooks ||
			      (address >= first && address <= last))) {
		caller = before in hooks ? hooks[before] : symbol(before)
		inside = 1
		by[symbol(address)]++
		total++
	}
	before = address
}

part == "symbols" {
	at[++symbols] = $1
	name[symbols] = $2
	if ($3 == "[kvmwarden]") {
		name[symbols] = $2 " (kvmwarden)"
		if (first == "")
			first = $1
		last = $1
	}
	if (!($2 in address_of))
		address_of[$2] = $1
	next
}
part == "figures" && $1 == "hooked" { hooks[address_of[$2]] = $2; next }
part == "figures" && $1 == "call" { calls[wide($3)] = $2; next }
part == "figures" && $1 == "among" { amongs[wide($3)] = $2; next }
part == "figures" && $1 == "clock" { clocks[wide($3)]; next }
part == "figures" { next }

# One that is stopped before is told again when it goes on.
$1 == "Stopped" { pending = ""; next }
$1 == "Trace" {
	if (pending != "")
		execute(pending)
	pending = substr($4, 19, 16)
}
END {
	execute(pending)
	for (call in least) {
		print "ours\t" call "\t" least[call]
		for (key in of) {
			split(key, pair, SUBSEP)
			if (pair[1] == call)
				print "where\t" call "\t" pair[2] "\t" of[key]
		}
	}
}
