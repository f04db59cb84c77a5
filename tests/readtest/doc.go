// Package readtest judges how package ntfs reads what Windows stores in other
// than plain form (LZNT1, WOF) and how it judges logs, by foreign encoders and
// readers: ntfs-3g, wimlib, cabextract. It has no code of its own outside
// tests.
package readtest
