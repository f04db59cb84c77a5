// Package crash cuts the power while a repair is being written and asks
// foreign tools and a second repair about what is left.
//
// So far a repair writes single sectors, each of which the disk writes whole or
// not at all, and flushes once. So the states a cut can leave are exactly the
// subsets of these sectors: every one of them is tried.
package crash
