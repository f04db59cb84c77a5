// Package command builds the bootmend command and runs it as a script does:
// without a terminal, in an empty working directory, in which it must not leave
// anything.
//
// A package of tests builds it once:
//
//	var bootmend command.Binary
//
//	func TestMain(m *testing.M) { os.Exit(command.Main(m, &bootmend)) }
package command
