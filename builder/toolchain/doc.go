// Package toolchain runs the go command for a build. Whether it may fetch modules, or another
// Go, is said here and nowhere else.
package toolchain
