// Package machine tells what the machine presents to Windows: its firmware and
// the storage controllers its disks hang on. On the machine itself the truth
// comes from sysfs; on a host that looks at an image it comes from a named
// profile, or it is unknown. It is never guessed from the host.
package machine
