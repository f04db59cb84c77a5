// Package hivecmd tests the contract of "bootmend hive" from outside: exit
// codes, what it prints, what --json promises, and what it leaves of the files.
package hivecmd
