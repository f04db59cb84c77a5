// Package catalogtest compares the catalog of drivers with witnesses that are not
// ours: the registries of real Windows installations and the INF files of driver
// packages; and asks it for every machine profile and every Windows.
package catalogtest
