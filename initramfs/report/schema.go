package report

import _ "embed"

//go:embed schema.json
var schema []byte

// Schema is the JSON schema (draft 2020-12) of Document. Fields are added to it,
// never renamed or taken away.
func Schema() []byte { return append([]byte(nil), schema...) }
