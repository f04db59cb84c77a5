// Package cobra takes the place of github.com/spf13/cobra in the lean program: the
// part of its interface that bootmend uses, with the same meaning, in a tenth of the
// room. The commands themselves do not know which of the two they are built with.
//
// Not supported: completion, suggestions, aliases, groups, templates, hooks.
package cobra
