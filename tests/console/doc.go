// Package console drives bootmend console as a person would: on a terminal of 80
// by 25 characters, which tmux makes and reads back, with keys.
package console
