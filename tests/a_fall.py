"""A small trial after a fall, and a design that varies it: a dose that is refused is among its points."""

SCENARIO = """
[study]
persons = 20
days = 6
[scenes.fall]
content = { context = "stairs", sensory = "a crack", affective = "fright" }
arousal = 0.9
threat = 0.9
[[events]]
name = "fall"
kind = "experience"
scene = "fall"
at = "day 0 10:00"
[[interventions]]
name = "pill"
kind = "drug"
drug = "propranolol"
mg = 40
at = "+1 h after fall"
adherence = 0.7
cost = 3
[[interventions]]
name = "company"
kind = "support"
weeks = 1
contacts = 3
at = "+1 h after pill"
[[instruments]]
name = "diary"
kind = "intrusion-diary"
at = ["day 3", "day 6"]
[[outcomes]]
name = "intrusions"
instrument = "diary"
[trial]
at = "+10 min after fall"
[[arms]]
name = "nothing"
[[arms]]
name = "pill"
interventions = ["pill"]
[records]
measures = "2 d"
intrusions = true
"""
DESIGN = """
scenario = "fall.toml"
give = ["pill", "company"]
outcomes = ["intrusions", "week"]
each_person = true
[sampling]
method = "grid"
steps = 3
worlds = 4
[levers.mg]
key = "interventions.pill.mg"
values = [80, 200]
[levers.what]
key = "give"
values = [["pill"], ["pill", "company"], []]
[uncertainties.cues]
key = "surroundings.cue_rate"
low = 0.5
high = 2.0
"""
