// Package winsxs reads what the component store of Vista and later (\Windows\WinSxS)
// says of itself: the names of its folders, which version of a component is in use,
// and whether a file in it is stored whole.
//
// A folder is called arch_name_token_version_culture_hash; "none" is the neutral
// culture, long names are cut with ".." in the middle. Folders that differ in version
// and hash alone are versions of one component, of which one is in use: its files are
// hard links of those in system32. SOFTWARE keeps it in
// Microsoft\Windows\CurrentVersion\SideBySide\Winners\arch_name_token_culture_hash
// (this hash leaves the version out), a key for each major.minor whose default value
// is the version in use; its other values are named by the versions that are there.
//
// Sources: the folder names and keys in posts of sysnative.com, of scripts that
// take such keys from the hives of installation images, and in a published analysis of
// the updates of Windows 7; Microsoft's white papers on forward and reverse differentials (the
// folders f, r and n). The marks of packed files are those that tools for unpacking
// the store know.
//
// Not supported: unpacking what is stored packed or as a difference, manifests,
// the hive COMPONENTS.
package winsxs
