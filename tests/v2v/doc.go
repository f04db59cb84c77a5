// Package v2v converts the same guests twice for virtio: once by
// virt-v2v-in-place of libguestfs, once by this engine, and compares what both
// left in the registry. Every difference must have an explanation
// (differences.txt); both results must satisfy package judge. Wall times are in
// the log side by side.
//
// It takes Debian's virt-v2v and nbdkit and a kernel that supermin finds
// ("builder/packages.sh v2v" installs them; SUPERMIN_KERNEL and SUPERMIN_MODULES
// name another one), and the collection of real data for virtio-win. Without KVM
// a conversion takes a minute, so that only "make campaign" runs it.
package v2v
