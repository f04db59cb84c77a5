// Package zstd compresses with the zstd command of the host: at its level 19 the image
// is an eighth smaller than what a Go library makes of it, and unpacks as fast.
//
// Since that takes a minute, results are kept in a directory, by what went in and the
// version of the command. Whatever is returned, from there or fresh, was unpacked again
// by another implementation and compared.
//
// Not supported: streams, dictionaries, several threads (the bytes would depend on it).
package zstd
