"""The file: vocabulary of BPMN, safe XML, Polku's elements, pieces, and the content hash."""
