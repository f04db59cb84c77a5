// Package bcdtest judges package bcd by real stores, by listings that bcdedit made, and by
// foreign readers of hives; and "bootmend bcd" from outside.
package bcdtest
