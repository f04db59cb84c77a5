// Package regtexttest compares package regtext with hivexregedit: what we
// export has to hold the same keys and values as its export, what it makes of our
// files and we of the same file has to be the same hive.
package regtexttest
