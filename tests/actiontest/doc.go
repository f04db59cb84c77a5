// Package actiontest tests from outside what people ask for by name, "repair
// --action": what is written, judged by foreign readers of hives, stores and
// files, that a second time does nothing, what is refused and how, and that undo
// takes every action back.
package actiontest
