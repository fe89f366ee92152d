# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The lab's image: one ext4 root file system of Debian packages with the modules of all kernels,
# and for each kernel its vmlinuz and a small initramfs. It is kept in the cache under the hash of
# everything that goes into it, so a change of an ingredient builds a new one. Sourced by tools/lab.

LAB_SUITE=bookworm
LAB_MIRROR=${LAB_MIRROR:-http://deb.debian.org}
LAB_CACHE=${LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/erxdp-lab}
# The initramfs loads these; in some of the kernels they are built in.
LAB_BOOT_MODULES="virtio_pci virtio_blk virtio_console"
LAB_IMAGE_SIZE=1500M

image_dir() {
	local key
	key=$(cd "$LAB_D" && sha256sum packages kernels kernels-hook initramfs-init image.sh | sha256sum)
	echo "$LAB_CACHE/${key:0:16}"
}

# The cached image's directory; builds the image if there is none. The lock lets several callers
# wait for one build; the rename at its end makes a half-built image impossible.
image_ensure() {
	local dir
	dir=$(image_dir)
	mkdir -p "$LAB_CACHE"
	(
		flock 9
		[ -e "$dir" ] || image_build "$dir"
	) 9>"$LAB_CACHE/lock" >&2
	[ -e "$dir" ] || die "the image could not be built"
	echo "$dir"
}

# Runs in the subshell of image_ensure, whose trap it may therefore set.
image_build() {
	local dir=$1 work
	[ "$(id -u)" = 0 ] || die "building the image needs root"
	need mmdebstrap mke2fs cpio
	echo "lab: building the image (once; about a minute) in $dir"
	work=$(mktemp -d "$LAB_CACHE/build.XXXXXX")
	# shellcheck disable=SC2064
	trap "rm -rf '$work'" EXIT
	image_build_root "$work/root"
	mkdir "$work/image"
	while read -r name _; do
		image_build_kernel "$work/root" "$name" "$work/image"
	done < <(grep -v '^#' "$LAB_D/kernels")
	# The disk is written to by throw-away snapshots only, so a journal would be work for nothing.
	mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$work/root" "$work/image/root.ext4" "$LAB_IMAGE_SIZE" >/dev/null
	mv "$work/image" "$dir"
}

image_build_root() {
	local root=$1 log=$1.log include
	include=$(grep -v '^#' "$LAB_D/packages" | paste -sd,)
	mmdebstrap --mode=root --variant=essential --include="$include" \
		--aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--customize-hook="$LAB_D/kernels-hook \"\$1\"" \
		"$LAB_SUITE" "$root" \
		"deb $LAB_MIRROR/debian $LAB_SUITE main" \
		"deb $LAB_MIRROR/debian $LAB_SUITE-updates main" \
		"deb $LAB_MIRROR/debian-security $LAB_SUITE-security main" >"$log" 2>&1 ||
		{ tail -n 30 "$log"; die "mmdebstrap failed"; }
}

# vmlinuz and initramfs of one kernel, taken out of the root file system.
image_build_kernel() {
	local root=$1 name=$2 image=$3 version ram=$2.initramfs
	ram=$image/../$name.initramfs
	version=$(cat "$root/boot/version-$name")
	mv "$root/boot/vmlinuz-$name" "$image/"
	mkdir -p "$ram/bin" "$ram/modules"
	cp "$root/bin/busybox" "$ram/bin/"
	cp "$LAB_D/initramfs-init" "$ram/init"
	boot_modules "$root" "$version" | while read -r module; do
		cp "$root/$module" "$ram/modules/"
		basename "$module" >>"$ram/modules/order"
	done
	# Not compressed: unpacking takes longer than reading in an emulated machine.
	(cd "$ram" && find . | cpio -o -H newc --quiet) >"$image/initrd-$name"
}

# The files to load, dependencies first, each once.
boot_modules() {
	local root=$1 version=$2 module
	for module in $LAB_BOOT_MODULES; do
		chroot "$root" modprobe -S "$version" --show-depends "$module"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}
