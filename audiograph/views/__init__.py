"""What a graph tells of itself: tables, pictures, schemas, reference pages."""
