// Package report puts what was found and done into words: text for a person at
// a console of 80 columns, and one JSON object for programs. The JSON is
// versioned; fields are added and never renamed.
package report
