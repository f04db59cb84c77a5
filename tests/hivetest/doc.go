// Package hivetest holds the tests of package regf and of what is built on it
// (registry, winver) that need real hives or foreign tools: hivexregedit,
// hivexsh, reglookup and regfinfo read the same files and must agree.
//
// Tests without real hives skip; the ones that only need the tools make their
// hives with hivexsh.
package hivetest
