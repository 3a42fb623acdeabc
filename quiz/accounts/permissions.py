"""The table of permissions: what may be done, and which roles may do it within the place they are held at.

Read it as: "<permission> — by <roles>, each within its own place". Administrators and editors hold their
roles everywhere. Pupils have no permissions; what is theirs is found by their own user id.
"""

ADMIN = "admin"
EDITOR = "editor"
PROVINCE = "province_organiser"
PREFECTURE = "prefecture_organiser"
COUNTY = "county_organiser"
SCHOOL = "school_admin"
TEACHER = "teacher"

ORGANISERS = frozenset({PROVINCE, PREFECTURE, COUNTY})
SCHOOL_STAFF = frozenset({SCHOOL, TEACHER})

PERMISSIONS: dict[str, frozenset[str]] = {
    # the tree
    "schools.view": frozenset({ADMIN}) | ORGANISERS | {SCHOOL},
    "schools.manage": frozenset({ADMIN}) | ORGANISERS,  # create, edit, import schools of one's area
    "classes.manage": frozenset({ADMIN, SCHOOL}) | ORGANISERS,
    # people
    "staff.manage": frozenset({ADMIN, SCHOOL}) | ORGANISERS,  # only roles below one's own, only within one's place
    "pupils.view": frozenset({ADMIN}) | SCHOOL_STAFF,
    "roster.import": frozenset({ADMIN}) | SCHOOL_STAFF,
    "pins.reset": frozenset({ADMIN}) | SCHOOL_STAFF,  # reset PINs, print login slips
    "consents.record": frozenset({ADMIN}) | SCHOOL_STAFF,  # enter and withdraw consents to a full name in public
    "registrations.manage": frozenset({ADMIN, SCHOOL}) | ORGANISERS,  # open and close links by which adults register
    # the bank
    "items.view": frozenset({ADMIN, EDITOR}) | ORGANISERS | SCHOOL_STAFF,  # read, print, export
    "items.edit": frozenset({ADMIN, EDITOR}),  # drafts, imports, retiring, settling concerns
    "items.review": frozenset({ADMIN, EDITOR}),  # the two checks, never of one's own draft
    # contests
    "contests.manage": frozenset({ADMIN}) | ORGANISERS | SCHOOL_STAFF,  # those hosted within one's place
    "contests.view": frozenset({ADMIN}) | ORGANISERS | SCHOOL_STAFF,  # progress, reports and boards of one's own pupils
    "contests.excuse": frozenset({ADMIN}) | ORGANISERS | SCHOOL_STAFF,  # who is not expected, within one's place
    "teams.register": frozenset({ADMIN}) | SCHOOL_STAFF,  # teams of one's own pupils, stand-ins
    "contests.remark": frozenset({ADMIN, SCHOOL}) | ORGANISERS,  # mark again after a wrong key: two people, no teachers
    "contests.promote": frozenset({ADMIN, SCHOOL}) | ORGANISERS,  # who goes to the next stage: two people, no teachers
    "contests.appeals": frozenset({ADMIN, SCHOOL})
    | ORGANISERS,  # hosts answer and decide; schools file for their pupils
    "contests.signals": frozenset({ADMIN, SCHOOL}) | ORGANISERS,  # unlikely answering, for people to look at
    "contests.rooms": SCHOOL_STAFF,  # say that one's own school sits a contest in a computer room
    "awards.manage": frozenset({ADMIN, SCHOOL}) | ORGANISERS,  # tiers, lists, certificates: two people, no teachers
    "prizes.hand_out": frozenset({ADMIN, SCHOOL}) | ORGANISERS,  # winners in full, by school, of contests one hosts
    "contests.command": frozenset({ADMIN}) | ORGANISERS,  # the command board, reminders of schools within one's place
    # the site
    "operations.view": frozenset({ADMIN}),  # the health page, details of /readyz
    "retention.manage": frozenset({ADMIN}),  # how long what is kept, and erasing it
    "audit.view": frozenset({ADMIN}),  # the log of administrative acts
}
