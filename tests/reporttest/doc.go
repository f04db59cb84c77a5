// Package reporttest judges what the engine tells people and programs: every JSON
// document against the schema that is shipped, every sentence against the wording
// guide of package report, every summary against the screen that it has to fit.
package reporttest
