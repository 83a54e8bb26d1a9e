# Plain, and in colours that can be read on white and on black.

set terminal svg size 720,380 font "sans-serif,12" noenhanced
grey = "#808080"
set border 3 lc rgb grey
set tics textcolor rgb grey nomirror
set key textcolor rgb grey tmargin center horizontal
set xlabel textcolor rgb grey
set ylabel textcolor rgb grey
set grid ytics lc rgb grey lw 0.3
set linetype 1 lc rgb "#d9822b"
set linetype 2 lc rgb "#4c8eda"
set linetype 3 lc rgb "#3aa76d"
set linetype 4 lc rgb "#a879c9"
set linetype 5 lc rgb "#d0587e"
set datafile separator "\t"

set output "perf-added.svg"
set ylabel "instructions added"
set style data histogram
set style histogram clustered gap 1
set style fill solid border
set boxwidth 0.9
set xtics rotate by -30
plot "added" using 2:xtic(1) title "kvmwarden", \
     "" using 3 title "BPF-LSM: the number alone", \
     "" using 4 title "seccomp: 25 ioctls", \
     "" using 5 title "a kprobe on each function"

set style data linespoints
set logscale xy
set mxtics 1
set mytics 1
set xtics norotate
set format "%.0f"

set output "perf-vms.svg"
set xlabel "VMs that are there"
set yrange [10:100000]
plot "vms" using 1:2 title "create VM", \
     "" using 1:3 title "destroy VM", \
     "" using 1:4 title "create slot", \
     "" using 1:5 title "create vCPU", \
     "" using 1:6 title "add ioeventfd"

set output "perf-classes.svg"
set xlabel "classes; the VM is in the last of them"
set ylabel "instructions added to create VM"
set yrange [1000:10000000]
plot "classes" using 1:2 title "by uid", \
     "" using 1:3 title "by executable", \
     "" using 1:4 title "by cgroup", \
     "" using 1:5 title "by cgroup, prefixes alike"
