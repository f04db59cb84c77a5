// Package kmod is a kernel module loader: it knows from the index files beside
// the modules which module drives which hardware (modalias) and what has to be
// loaded before and after it, and loads it.
//
// The files have the formats of kmod(8) (modules.dep(5), modules.alias,
// modules.softdep), so that other loaders read what the builder writes and this
// package reads what depmod writes. Modules lie there as plain files, or in bundles
// (BundlesFile), which are ours.
//
// Not supported: modprobe.d configuration (options, install, blacklist), binary
// index files, single compressed modules, removal.
package kmod
