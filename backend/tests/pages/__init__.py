"""The pages for people: `/verify/`, `/file/`, `/statistics/`."""
