// Package schema judges reports by the JSON schema that the engine ships, with a
// validator that is not ours. For the tests the schema is made strict: a field
// that it does not name is a fault of the schema.
package schema
