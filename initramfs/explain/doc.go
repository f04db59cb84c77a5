// Package explain answers "what did you see?": from a stop code or a message, in
// whatever spelling a person types it, to the conditions that make it, most
// likely first; and with the findings of a scan, to those of them that are really
// there.
//
// What is seen is data of package condition (Signs); there is no other table.
package explain
