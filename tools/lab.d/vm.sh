# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# One boot of the lab's virtual machine. Sourced by tools/lab.
#
#   /dev/vda  the image's root file system; writes go to a snapshot that ends with the machine
#   /dev/vdb  the payload, a plain tar: the guest's scripts, the command, the program, the tests
#   hvc0      the command's standard input and output
#   lab.status  a virtio port through which the command's exit code comes back
#   ttyS0     the kernel's console, kept in a file and shown when the machine fails

LAB_MEMORY=${LAB_MEMORY:-2048}
# One CPU: with more, QEMU before 8.1 can run code that the guest has just patched (static keys,
# BPF trampolines) in its old form, and the guest's kernel dies of it now and then.
LAB_CPUS=${LAB_CPUS:-1}
# Software emulation keeps what it has translated by address: a library that is elsewhere in each process
# is translated again for each (a start of ip(8): 141 ms, and 18 without). Nor are pages zeroed twice, or
# joined to large ones, which emulation forgets all at once.
LAB_KERNEL_WORDS="norandmaps init_on_alloc=0 transparent_hugepage=never"
LAB_QEMU=${LAB_QEMU:-qemu-system-x86_64}
# Exit codes of our own, beside the command's: as timeout(1), and "the machine broke down".
EXIT_TIMEOUT=124
EXIT_MACHINE=125

# Two NICs of the machine on one hub are a cable. A bond in 802.3ad aggregates only links that say
# their speed and duplex, and virtio says none of its own accord.
vm_cable() {
	local number=$1 end
	for end in a b; do
		QEMU+=(-netdev "hubport,id=cable$number$end,hubid=$number")
	done
}

vm_nic() {
	local index=$1 cable=$2
	QEMU+=(-device "virtio-net-pci,netdev=cable$cable,mac=52:54:00:00:00:0$index,speed=10000,duplex=full")
	if [ -n "${OPT_PCAP:-}" ]; then
		QEMU+=(-object "filter-dump,id=dump$index,netdev=cable$cable,file=$OPT_PCAP/eth$index.pcap")
	fi
}

# eth0 and eth1 are the router's, eth2 and eth3 the far ends of their cables.
vm_cabling() {
	vm_cable 0
	vm_cable 1
	vm_nic 0 0a
	vm_nic 1 1a
	vm_nic 2 0b
	vm_nic 3 1b
}

# Fills QEMU, the command line.
vm_command_line() {
	local image=$1 kernel=$2 work=$3 threads=multi
	[ -z "$OPT_COUNT" ] || threads=single
	QEMU=("$LAB_QEMU" -accel "tcg,thread=$threads" -cpu max -smp "$LAB_CPUS" -m "$LAB_MEMORY"
		-nodefaults -no-user-config -display none -no-reboot
		-kernel "$image/vmlinuz-$kernel" -initrd "$image/initrd-$kernel"
		-append "console=ttyS0 quiet panic=-1 mitigations=off net.ifnames=0 $LAB_KERNEL_WORDS $OPT_APPEND"
		-drive "file=$image/root.ext4,format=raw,if=virtio,snapshot=on,cache=unsafe"
		-drive "file=$work/payload.tar,format=raw,if=virtio,readonly=on"
		-serial "file:$LAB_CONSOLE"
		-device virtio-serial-pci
		-chardev stdio,id=terminal,signal=off -device virtconsole,chardev=terminal
		-chardev "file,id=status,path=$work/status"
		-device virtserialport,chardev=status,name=lab.status)
	# Instead of that of real time; while the guest is idle, its clock goes on at once.
	[ -z "$OPT_COUNT" ] || QEMU+=(-icount "shift=0,sleep=off")
	vm_cabling
}

# What the guest finds under /, besides its image.
vm_payload() {
	local work=$1 tree=$1/payload file
	mkdir -p "$tree/lab"
	cp -r "$LAB_D/guest/." "$tree/lab/"
	for file in "${OPT_FILES[@]}"; do
		cp -rL "$file" "$tree/lab/$(basename "$file")"
	done
	[ -z "$OPT_ERXDP" ] || cp -r "$OPT_ERXDP/." "$tree/"
	vm_job >"$tree/lab/job"
	# By its children: the mode of the temporary directory is not the root directory's.
	(cd "$tree" && tar -cf "$work/payload.tar" --owner=0 --group=0 -- *)
}

# The guest's /lab/init reads this as shell variables.
vm_job() {
	declare -p JOB_COMMAND JOB_TOPOLOGY JOB_TERMINAL JOB_TERM JOB_SIZE | sed 's/^declare/declare -g/'
}

vm_exit_code() {
	local work=$1 ended=$2
	if [ "$ended" = 124 ]; then
		echo "lab: the machine did not end within $OPT_TIMEOUT s; it was stopped" >&2
		return "$EXIT_TIMEOUT"
	fi
	if [ ! -s "$work/status" ]; then
		echo "lab: the machine ended without a result; the end of its console:" >&2
		tail -n 60 "$LAB_CONSOLE" >&2 2>/dev/null || true
		return "$EXIT_MACHINE"
	fi
	return "$(cat "$work/status")"
}

# Boots, waits for the end, returns the command's exit code.
vm_boot() {
	local image=$1 kernel=$2 work=$3 ended=0
	LAB_CONSOLE=${OPT_CONSOLE:-$work/console}
	vm_command_line "$image" "$kernel" "$work"
	# In the background, so that a signal to us is handled at once and not after QEMU's end.
	# A hub that leads to no host network is what a cable is; QEMU warns of it.
	timeout --foreground -k 5 "$OPT_TIMEOUT" "${QEMU[@]}" <&0 \
		2> >(grep -v 'hub . is not connected to host network' >&2) &
	LAB_QEMU_PID=$!
	wait "$LAB_QEMU_PID" || ended=$?
	LAB_QEMU_PID=
	vm_exit_code "$work" "$ended"
}
