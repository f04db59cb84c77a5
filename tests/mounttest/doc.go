// Package mounttest asks package mounts what it would mount of guests, and what it
// refuses. Mounting itself needs a machine: package vm.
package mounttest
