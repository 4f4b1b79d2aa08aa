"""Machines that answer ``ansible-playbook`` and are not there, for runs larger than any lab.

Real: ``ansible-playbook`` with our ``ansible.cfg``, playbooks, roles and the example's group variables; every file of
the city; all that runs on the controller, that is templates, packing, ``mimamori fleet configuration``, signing of host
keys with the city's CA, tickets. What would go to a machine is made in full: modules with their arguments, files.

Simulated: ssh, and what is behind it. In its place stands a connection plugin (``connection/simulated.py``) that reads
what was sent and answers after ``ANSWER_S`` what a fresh node would (``answers.py``). Whatever has no answer there ends
the run by its name. No ssh client runs, and no center and no bastion works for the nodes.
"""
