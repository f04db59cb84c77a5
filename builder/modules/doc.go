// Package modules chooses the kernel modules of the image from a kernel's
// module tree: a list of names and patterns (modules.txt), and whatever those
// need. It reads what depmod(8) would read, the .modinfo section of the module
// files, because Debian's kernel packages hold no index: that is made when they
// are installed, and the builder installs nothing.
package modules
