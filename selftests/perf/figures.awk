# What figures are, for tables, goals and plots: the least and the median of each
# configuration and call, and what a configuration adds to a call.

BEGIN { FS = "\t" }
NF == 6 && $1 != "gap" {
	if (!($1 in seen_row)) {
		seen_row[$1]
		row[++rows] = $1
	}
	if ($1 == "bare" && !($2 in seen_call)) {
		seen_call[$2]
		call[++calls] = $2
	}
	if (!(($1, $2) in least) || $4 < least[$1, $2])
		least[$1, $2] = $4
	if (!(($1, $2) in most) || $4 > most[$1, $2])
		most[$1, $2] = $4
	median[$1, $2] = $3
}
$1 == "ours" { ours[$2] = $3 }
$1 == "where" { where[$2, $3] = $4; executes[$2, ++executers[$2]] = $3 }
$1 == "kept" {
	if (!($2 in kept))
		keeper[++keepers] = $2
	asked[$2] += $3
	kept[$2] += $4
}
$1 == "cache" { cache_bytes += $3 * $4 }
$1 == "gap" { act[++acts] = $2; exit_gap[acts] = $3; late[acts] = $4 }
$1 == "other" {
	other[++others] = $2
	calls_of[others] = $3; syncs[others] = $4; stops[others] = $5
}

function bare(row) {
	return row ~ /^with [0-9]+ other/ ? "bare, " row : "bare"
}

function more(row, call) {
	return least[row, call] - least[bare(row), call]
}

# What holds the texts that tell who the VM's creator is
function identity(function_name) {
	return function_name == "gather_in"
}

# Beyond those, of each VM
function record_bytes(   i, bytes) {
	for (i = 1; i <= keepers; i++)
		if (!identity(keeper[i]))
			bytes += kept[keeper[i]]
	return bytes + 0
}

# Functions of nobody's but KVM's own are not hooked.
function is_hooked(call) {
	return call !~ /^(KVM_RUN|KVM_IRQ_LINE|KVM_SIGNAL_MSI|KVM_GET_REGS)$/ &&
	       call != "remove ioeventfd"
}
