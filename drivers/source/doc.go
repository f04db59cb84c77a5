// Package source finds driver files and driver packages: in an installed
// Windows, in another one, on a medium, in what the image brings along.
//
// Everything is read through a Tree, which a volume, a folder, an ISO image, a
// cabinet and a self-extracting EXE can be. The package imports no file system:
// who has one makes a Tree of it. What lies in a cabinet or a program of a Tree
// is a Tree again (Inside).
//
// A file that Windows brings along:
//
//	windows := source.Windows{Tree: tree, Root: `\WINDOWS`}
//	found, err := source.Files(source.Want{Name: "atapi.sys", Machine: pe.X86}, windows, donors...)
//	f, err := found.Candidates[0].Open()
//
// A driver package for a device:
//
//	list := source.Packages(tree, source.Options{})
//	best := source.Best(list.Packages, ids, target)
//	do, err := best[0].Install()
//	set, err := best[0].Package.Files(do, target)
//	signed, err := best[0].Package.Signed(set)
//
// Nothing is written and nothing is kept open; content that had to be unpacked is
// in memory as long as somebody holds the File, at most MaxUnpacked bytes of it.
package source
