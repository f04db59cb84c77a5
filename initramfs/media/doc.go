// Package media opens what driver packages may come from, as a source.Tree: a
// folder, an image of a CD or floppy, a disk or an image of one, a cabinet, a
// self-extracting program, a single INF file or driver. What a file is is decided
// by its content.
//
// It only reads, through our own readers of file systems; nothing is mounted.
//
//	tree, err := media.Open("virtio-win.iso")
//	list := source.Packages(tree, source.Options{})
//
// A Tree stays open as long as somebody holds it and is closed by the garbage
// collector; the commands that use it are short.
package media
